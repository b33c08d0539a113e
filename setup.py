"""Installs sdt_nb as settings.ini describes it, with the notebooks of nbs/runs and nbs/studies inside as sdt_nb/notebooks."""
from configparser import ConfigParser
from pathlib import Path
from shutil import copy2

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

here = Path(__file__).parent
ini = ConfigParser(delimiters=["="])
ini.read(here / "settings.ini", encoding="utf8")
cfg = ini["DEFAULT"]


class BuildWithNotebooks(build_py):
    """Copies run notebooks and studies into a wheel; an editable install finds them in the clone."""

    def run(self):
        super().run()
        if not self.editable_mode:
            folder = Path(self.build_lib) / "sdt_nb" / "notebooks"
            for source, target in (("runs", folder), ("studies", folder / "studies")):
                target.mkdir(parents=True, exist_ok=True)
                for notebook in (here / "nbs" / source).glob("*.ipynb"):
                    copy2(notebook, target)


setup(
    name=cfg["lib_name"],
    version=cfg["version"],
    description=cfg["description"],
    long_description=(here / "README.md").read_text(encoding="utf8"),
    long_description_content_type="text/markdown",
    author=cfg["author"],
    author_email=cfg["author_email"],
    url=cfg["git_url"],
    keywords=cfg["keywords"],
    license="MIT",
    python_requires=f">={cfg['min_python']}",
    packages=find_packages(include=["sdt_nb", "sdt_nb.*"], exclude=["sdt_nb.testing*"]),
    package_data={"sdt_nb": ["static/*"]},
    # With this one root an editable install is a path entry. Python then prefers the package even where the clone itself,
    # a folder of the same name, lies in the current folder.
    package_dir={"": "."},
    cmdclass={"build_py": BuildWithNotebooks},
    install_requires=cfg["requirements"].split(),
    extras_require={extra: cfg[f"{extra}_requirements"].split() for extra in ("dev", "onnx", "video")},
    entry_points={"console_scripts": cfg["console_scripts"].split("\n"), "nbdev": ["sdt_nb=sdt_nb._modidx:d"]},
    classifiers=[
        "Development Status :: 3 - Alpha",
        "Intended Audience :: Science/Research",
        "Operating System :: MacOS",
        "Operating System :: POSIX :: Linux",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
        "Programming Language :: Python :: 3.14",
    ],
    zip_safe=False,
)
