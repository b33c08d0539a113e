// Arrays as numpy's savez writes them: a zip of .npy files, stored as they are.
//
//   npz({name: [numbers, shape]})    numbers: Float32Array, Int32Array, or a text (shape [])  ->  Uint8Array

const asciiOf = text => Uint8Array.from(text, c => c.charCodeAt(0));

function npyOf(numbers, shape) {
  const isText = typeof numbers === 'string', points = isText ? Int32Array.from(numbers, c => c.codePointAt(0)) : numbers;
  const type = isText ? `<U${points.length}` : numbers instanceof Int32Array ? '<i4' : '<f4', sizes = shape.map(n => `${n},`).join(' ');
  const header = `{'descr': '${type}', 'fortran_order': False, 'shape': (${sizes}), }`, length = 64*Math.ceil((header.length + 11)/64) - 10;
  const content = new Uint8Array(points.buffer, points.byteOffset, points.byteLength), file = new Uint8Array(10 + length + content.length);
  file.set([0x93, ...asciiOf('NUMPY'), 1, 0, length & 255, length >> 8, ...asciiOf(header.padEnd(length - 1) + '\n')]);
  file.set(content, 10 + length);
  return file;
}

function crcOf(content) {                          // the check sum of zip files
  const table = Uint32Array.from({ length: 256 }, (_, n) => { for (let k = 0; k < 8; k++) n = n & 1 ? n >>> 1 ^ 0xedb88320 : n >>> 1; return n; });
  let sum = -1;
  for (const byte of content) sum = sum >>> 8 ^ table[(sum ^ byte) & 255];
  return ~sum >>> 0;
}

function npz(arrays) {
  const words = (...pairs) => pairs.flatMap(([x, bytes]) => Array.from({ length: bytes }, (_, k) => Math.floor(x/256**k) & 255));
  const parts = [], contents = [], day = [1 << 5 | 1, 2];        // zip knows no year before 1980
  let at = 0;
  const add = (into, ...pieces) => { into.push(...pieces); return pieces.reduce((sum, piece) => sum + piece.length, 0); };
  for (const [name, [numbers, shape]] of Object.entries(arrays)) {
    const file = npyOf(numbers, shape), title = asciiOf(`${name}.npy`);
    const about = words([20, 2], [0, 2], [0, 2], [0, 2], day, [crcOf(file), 4], [file.length, 4], [file.length, 4], [title.length, 2], [0, 2]);
    add(contents, words([0x02014b50, 4], [20, 2]), about, words([0, 2], [0, 2], [0, 2], [0, 4], [at, 4]), title);
    at += add(parts, words([0x04034b50, 4]), about, title, file);
  }
  const n = Object.keys(arrays).length, size = add([], ...contents);
  const end = words([0x06054b50, 4], [0, 2], [0, 2], [n, 2], [n, 2], [size, 4], [at, 4], [0, 2]), all = new Uint8Array(at + size + end.length);
  [...parts, ...contents, end].reduce((to, piece) => { all.set(piece, to); return to + piece.length; }, 0);
  return all;
}
