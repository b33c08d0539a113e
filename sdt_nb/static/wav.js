// Samples as the file of a wav: what the player's clock takes. Runs after player.js.

function wavOf(samples, rate) {                    // 16 bits a sample, one channel
  const size = 2*samples.length, file = new DataView(new ArrayBuffer(44 + size));
  const text = (at, word) => [...word].forEach((letter, i) => file.setUint8(at + i, letter.charCodeAt(0)));
  const numbers = [[4, 36 + size, 4], [16, 16, 4], [20, 1, 2], [22, 1, 2], [24, rate, 4], [28, 2*rate, 4], [32, 2, 2], [34, 16, 2], [40, size, 4]];
  text(0, 'RIFF'); text(8, 'WAVEfmt '); text(36, 'data');
  for (const [at, x, bytes] of numbers) bytes === 4 ? file.setUint32(at, x, true) : file.setUint16(at, x, true);
  samples.forEach((x, i) => file.setInt16(44 + 2*i, clamp(x, -1, 1)*32767, true));
  return new Uint8Array(file.buffer);
}
