"""Installs sdt_nb as settings.ini describes it, with the run notebooks of nbs/runs inside as sdt_nb.notebooks."""
from configparser import ConfigParser
from pathlib import Path

from setuptools import find_packages, setup

here = Path(__file__).parent
ini = ConfigParser(delimiters=["="])
ini.read(here / "settings.ini", encoding="utf8")
cfg = ini["DEFAULT"]

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
    packages=[*find_packages(include=["sdt_nb", "sdt_nb.*"]), "sdt_nb.notebooks"],
    package_dir={"sdt_nb": "sdt_nb", "sdt_nb.notebooks": "nbs/runs"},
    package_data={"sdt_nb": ["static/*"], "sdt_nb.notebooks": ["*.ipynb"]},
    install_requires=cfg["requirements"].split(),
    extras_require={extra: cfg[f"{extra}_requirements"].split() for extra in ("dev", "video")},
    entry_points={"console_scripts": cfg["console_scripts"].split("\n"), "nbdev": ["sdt_nb=sdt_nb._modidx:d"]},
    classifiers=[
        "Development Status :: 3 - Alpha",
        "Intended Audience :: Science/Research",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
    ],
    zip_safe=False,
)
