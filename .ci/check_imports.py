"""Every room imports only what the rule of its wing allows: prints each import that breaks it, and exits 1.

A module's room is the notebook it comes from. A wing is a sub-package; the main path is the package itself.
"""
import ast
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MAIN = 'main path'
EVERYTHING = {MAIN, 'show', 'prepare', 'people', 'lab', 'studies'}
# What a wing may import beside the lower numbers of its own: whole wings, or rooms of the main path up to a number.
MAY = {
    MAIN: ({'show'}, -1),
    'show': (set(), 3),                            # core, skeleton, decoding, audio
    'prepare': ({'show'}, 9),                      # 0x, the material
    'people': ({MAIN, 'show', 'prepare'}, 99),
    'lab': (EVERYTHING - {'lab', 'studies'}, 99),
    'studies': (EVERYTHING - {'studies'}, 99),
    'testing': (set(), -1),                        # what only tests import; no module may
}
DOORS = 30                                         # from here on the main path may import any wing inside a function


def rooms():
    "Dotted name → (wing, number) of every module that a notebook exports."
    found = {}
    for path in ROOT.glob('sdt_nb/**/*.py'):
        source = re.search(r'File to edit: \S*?nbs/(?:(\w+)/)?(\d\d)_\w+\.ipynb', path.read_text('utf8'))
        if source:
            name = '.'.join(path.relative_to(ROOT).with_suffix('').parts)
            found[name] = source[1] or MAIN, int(source[2])
    return found


def imports(path):
    "(line, dotted name, stands inside a function) of everything a module imports from the project."
    tree = ast.parse(path.read_text('utf8'))
    inside = {id(n) for f in ast.walk(tree) if isinstance(f, ast.FunctionDef) for n in ast.walk(f)}
    package = '.'.join(path.relative_to(ROOT).parent.parts)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            base = package.split('.')[:len(package.split('.')) - node.level + 1] if node.level else []
            module = '.'.join([*base, *([node.module] if node.module else [])])
            names = [module, *(f'{module}.{alias.name}' for alias in node.names)]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        yield from ((node.lineno, name, id(node) in inside) for name in names if name.startswith('sdt_nb'))


def allowed(room, other, inside):
    "May a room import another?"
    (wing, number), (other_wing, other_number) = room, other
    if wing == other_wing:
        return other_number < number or wing == MAIN and inside and number >= DOORS
    if other_wing == 'testing':
        return False
    wings, up_to = MAY[wing]
    if other_wing == MAIN and other_number <= up_to or other_wing in wings:
        return True
    return wing == MAIN and number >= DOORS and inside and other_wing != 'studies' or inside and number >= 40


def main():
    known = rooms()
    broken = []
    for name, room in sorted(known.items()):
        path = ROOT/Path(*name.split('.')).with_suffix('.py')
        for line, other, inside in imports(path):
            if other in known and other != name and not allowed(room, known[other], inside):
                broken.append(f'{path.relative_to(ROOT)}:{line}: {name} ({room[0]} {room[1]:02}) imports '
                              f'{other} ({known[other][0]} {known[other][1]:02})')
    print(*broken, sep='\n', end='\n' if broken else '')
    print(f'{len(known)} rooms, {len(broken)} imports that break a rule')
    sys.exit(bool(broken))


if __name__ == '__main__':
    main()
