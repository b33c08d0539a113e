"""Builds the project's site into a folder: a front page, every notebook with its outputs, the studies, the live page.

    python .ci/site/build.py [_site]        # what `make site` does
    python .ci/site/build.py --check        # what CI does: the texts alone, into a folder that is thrown away

Nothing is fetched, neither while it is built nor by the pages. Links to what is not there, and to headings that no page has, are
named, and end it with 1. The live page and the gallery are those of the newest demo run, which is made where there is none.
"""
import argparse
import html
import json
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path
from urllib.parse import unquote

import nbformat
from jinja2 import Template
from latex2mathml.converter import convert as mathml
from nbconvert import HTMLExporter
from pygments.formatters import HtmlFormatter

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
NBS = ROOT/'nbs'
# The parts of the contents, in reading order: a title, the notebooks of it.
PARTS = [('Material', '0[0-9]_*'), ('The paper', '1*'), ('At work', '2*'), ('Doors and program', '[34]*'), ('show: pictures, films, pages', 'show/*'),
         ('prepare: own videos', 'prepare/*'), ('people: what viewers say', 'people/*'), ('lab: the explorer', 'lab/*'),
         ('studies: what holds', 'studies/*'), ('Runs: one command each', 'runs/*'), ('Answers to the exercises', 'solutions*')]
PAPER = ['01_skeleton', '03_audio', '10_networks', '11_losses', '12_methods', '13_config', '22_training', '23_evaluation']
MATH = re.compile(r'(`+).*?\1|\$\$(?P<block>.+?)\$\$|(?<![\\$\w])\$(?P<inline>[^\s$](?:[^$\n]*[^\s$])?)\$(?![\w$])', re.DOTALL)
DIRECTIVE = re.compile(r'^#\|\s*(.+)\n?', re.MULTILINE)


def target(path):
    "Where a file of the repository lies in the site: notebooks and texts become pages, `nbs/` is the top."
    path = Path('nbs/index.md') if path == ROOT/'README.md' else path.relative_to(ROOT)
    path = Path(*path.parts[1:]) if path.parts[0] == 'nbs' else path
    return path.with_suffix('.html') if path.suffix in ('.ipynb', '.md') else path


def with_mathml(text):
    "Markdown with its formulas as MathML, which browsers draw without a script; what stands in back ticks stays."
    def formula(m):
        if m['block'] is None and m['inline'] is None:
            return m[0]
        return mathml((m['block'] or m['inline']).strip(), display='block' if m['block'] else 'inline')
    return MATH.sub(formula, text)


def for_reading(notebook, texts=False):
    "A notebook without what only machines read: directives become marks of a cell, cells that say `hide` go; its texts alone where asked."
    cells = []
    for cell in notebook.cells:
        if texts and cell.cell_type == 'code':
            continue
        tags = list(cell.metadata.get('tags', []))
        if cell.cell_type == 'markdown':
            cell.source = with_mathml(cell.source)
        if cell.cell_type == 'code':
            said = [m[1].strip() for m in DIRECTIVE.finditer(cell.source)]
            cell.source = DIRECTIVE.sub('', cell.source).strip()
            tags += ['exported'] * any(s.startswith('export') for s in said) + [s for s in said if s in ('slow', 'realdata', 'browser', 'cuda')]
            cell.outputs = [o for o in cell.outputs if o.get('name') != 'stderr']
        cell.metadata['tags'] = tags
        if cell.source and 'hide' not in tags and not cell.source.startswith('import nbdev'):
            cells.append(cell)
    notebook.cells = cells
    return notebook


def heading(path):
    "(title, the sentence under it) of a notebook."
    text = ''.join(json.loads(path.read_text('utf8'))['cells'][0]['source'])
    title = re.search(r'^# (.+)', text, re.MULTILINE)
    said = re.search(r'^> (.+)', text, re.MULTILINE)
    return title[1] if title else path.stem, said[1] if said else ''


def contents():
    "[(part, [(notebook, name, sentence)])] of every notebook but the index."
    parts = []
    for title, pattern in PARTS:
        books = sorted(p for p in NBS.glob(f'{pattern}.ipynb'))
        parts.append((title, [(p, p.stem, heading(p)[1]) for p in books]))
    listed = {p for _, books in parts for p, *_ in books} | {NBS/'index.ipynb'}
    others = sorted(p for p in NBS.rglob('*.ipynb') if p not in listed and not any(part.startswith(('.', '_')) for part in p.relative_to(NBS).parts))
    return parts + [('More', [(p, p.stem, heading(p)[1]) for p in others])] if others else parts


class Site:
    "The pages under way: where they lie, what they link to."
    def __init__(self, folder, texts):
        self.folder = folder
        self.texts = texts
        self.parts = contents()
        self.order = [book for _, books in self.parts for book, *_ in books]
        self.exporter = HTMLExporter(template_name='basic', exclude_input_prompt=True, exclude_output_prompt=True,
                                     filters={'clean_html': lambda text: text})   # our own notebooks: cleaning drops MathML, and takes a third of the time
        self.shell = Template((HERE/'page.html').read_text('utf8'), autoescape=False, trim_blocks=True, lstrip_blocks=True)

    def write(self, source, body, title, **more):
        "One page in its frame, its links pointed at pages instead of notebooks."
        here = target(source)
        up = os.path.relpath('.', here.parent)
        link = lambda path: f'{up}/{target(path).as_posix()}'   # noqa: E731
        i = self.order.index(source) if source in self.order else None
        around = {} if i is None else {'before': self.order[i - 1] if i else None, 'after': self.order[i + 1] if i + 1 < len(self.order) else None}
        heads = re.findall(r'<h2 id="([^"]+)">(.*?)(?:<a class="anchor-link".*?)?</h2>', body, re.DOTALL)
        page = self.shell.render(title=html.escape(title), body=self.linked(source, body), up=up, link=link, parts=self.parts, here=source, escape=html.escape, bare=self.texts,
                                 paper=[NBS/f'{name}.ipynb' for name in PAPER], heads=[(i, re.sub('<[^>]+>', '', t)) for i, t in heads], **around, **more)
        path = self.folder/here
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page, 'utf8')

    def linked(self, source, body):
        "The body of a page; files of the repository that it links to or shows are copied."
        def move(m):
            address, mark, anchor = unquote(html.unescape(m[2])).partition('#')
            if not address or re.match(r'[a-z]+:', address):
                return m[0]
            file = (source.parent/address).resolve()
            if not file.is_relative_to(ROOT) or not file.exists():
                return m[0]
            to = target(file)
            if file.is_file() and to.suffix != '.html':
                (self.folder/to).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, self.folder/to)
            return f'{m[1]}"{os.path.relpath(to, target(source).parent)}{mark}{anchor}"'
        return re.sub(r'((?:href|src)=)"([^"]*)"', move, body)

    def rendered(self, notebook):
        "The body of a page."
        return self.exporter.from_notebook_node(notebook)[0]

    def notebook(self, path, **more):
        "One notebook as a page."
        self.write(path, self.rendered(for_reading(nbformat.read(path, 4), self.texts)), heading(path)[0], **more)

    def text(self, path):
        "One Markdown file as a page."
        cell = nbformat.v4.new_markdown_cell(path.read_text('utf8'))
        self.write(path, self.rendered(nbformat.v4.new_notebook(cells=[cell])), path.stem)


def demo_pages(folder):
    "The live page and the gallery of the newest demo run, copied beside the pages."
    from sdt_nb.execution import run_notebook
    from sdt_nb.core import runs_root
    newest = lambda: max(runs_root().glob('*_demo_*/live.html'), default=None, key=lambda p: p.stat().st_mtime)   # noqa: E731
    if newest() is None:
        run_notebook('demo')
    for name in ('live.html', 'gallery.html'):
        shutil.copyfile(newest().with_name(name), folder/name)


def broken(folder):
    "Every link and picture of the pages that leads nowhere."
    pages = {path: path.read_text('utf8') for path in folder.rglob('*.html') if path.name not in ('live.html', 'gallery.html')}
    ids = {path: set(re.findall(r'\bid="([^"]+)"', text)) for path, text in pages.items()}
    for path, text in pages.items():
        for _, address in re.findall(r'<(?:a|img|link|iframe|script|video)\b[^>]*?\b(href|src)="([^"]*)"', text):
            file, _, anchor = unquote(html.unescape(address)).partition('#')
            if re.match(r'[a-z]+:', file):
                continue
            goal = (path.parent/file).resolve() if file else path
            if not goal.exists() or anchor and goal in ids and anchor not in ids[goal]:
                yield f'{path.relative_to(folder)}: {address}'


def build(folder, texts=False):
    "All of the site, in a folder that is replaced."
    if folder.exists() and not (folder/'site.css').exists():
        sys.exit(f'{folder} is not a site that this wrote: choose another folder, or remove it')
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    light, dark = (HtmlFormatter(style=style).get_style_defs(scope) for style, scope in (('friendly', '.highlight'), ('github-dark', '.highlight')))
    (folder/'site.css').write_text(f'{light}\n@media (prefers-color-scheme: dark) {{\n{dark}\n}}\n{(HERE/"site.css").read_text("utf8")}', 'utf8')
    site = Site(folder, texts)
    site.notebook(NBS/'index.ipynb', front=True)
    for path in site.order:
        site.notebook(path)
    for path in (ROOT/'studies.md', ROOT/'CHANGELOG.md', ROOT/'CONTRIBUTING.md'):
        site.text(path)
    if not texts:
        demo_pages(folder)
    (folder/'.nojekyll').touch()
    return site


def main():
    "The site, or what is wrong with its links."
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('folder', nargs='?', type=Path, default=ROOT/'_site')
    parser.add_argument('--check', action='store_true', help='the links between the texts alone, nothing is kept')
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as thrown_away:
        folder = Path(thrown_away).resolve()/'site' if options.check else options.folder.resolve()
        site = build(folder, options.check)
        wrong = sorted(set(broken(folder)))
    print(f'{len(site.order) + 4} pages' + ('' if options.check else f' in {folder}') + ''.join(f'\nleads nowhere: {line}' for line in wrong))
    return bool(wrong)


if __name__ == '__main__':
    sys.exit(main())
