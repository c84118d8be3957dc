// SHA-256 (FIPS 180-4) for the proof of work: the browser's own is asynchronous, and away on plain http.
// Only what that needs: ASCII text, and how many zero bits its hash begins with.

const ROUND = new Uint32Array(64)
const START = new Uint32Array(8)

function fraction(root: number): number {
  return ((root - Math.floor(root)) * 0x1_0000_0000) | 0
}
for (let candidate = 2, found = 0; found < 64; candidate++) {
  let prime = true
  for (let divisor = 2; divisor * divisor <= candidate; divisor++) if (candidate % divisor === 0) prime = false
  if (!prime) continue
  if (found < 8) START[found] = fraction(Math.sqrt(candidate))
  ROUND[found++] = fraction(Math.cbrt(candidate))
}

const words = new Uint32Array(64)

/** Mix one block of 64 bytes, from `at` on, into the state. */
function mix(state: Uint32Array, bytes: Uint8Array, at: number): void {
  for (let n = 0; n < 16; n++) {
    const place = at + n * 4
    words[n] = (bytes[place]! << 24) | (bytes[place + 1]! << 16) | (bytes[place + 2]! << 8) | bytes[place + 3]!
  }
  for (let n = 16; n < 64; n++) {
    const [early, late] = [words[n - 15]!, words[n - 2]!]
    const small = ((early >>> 7) | (early << 25)) ^ ((early >>> 18) | (early << 14)) ^ (early >>> 3)
    const large = ((late >>> 17) | (late << 15)) ^ ((late >>> 19) | (late << 13)) ^ (late >>> 10)
    words[n] = (words[n - 16]! + small + words[n - 7]! + large) | 0
  }
  let [a, b, c, d, e, f, g, h] = state as unknown as [number, number, number, number, number, number, number, number]
  for (let n = 0; n < 64; n++) {
    const turnE = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7))
    const first = (h + turnE + ((e & f) ^ (~e & g)) + ROUND[n]! + words[n]!) | 0
    const turnA = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10))
    const second = (turnA + ((a & b) ^ (a & c) ^ (b & c))) | 0
    ;[h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0]
  }
  const mixed = [a, b, c, d, e, f, g, h]
  for (let n = 0; n < 8; n++) state[n] = state[n]! + mixed[n]!
}

/** Texts that begin alike: the whole blocks of the beginning are mixed once. */
export class Beginning {
  private readonly state = START.slice()
  private readonly rest: Uint8Array
  private readonly length: number

  constructor(text: string) {
    const bytes = new TextEncoder().encode(text)
    const whole = bytes.length - (bytes.length % 64)
    for (let at = 0; at < whole; at += 64) mix(this.state, bytes, at)
    this.rest = bytes.slice(whole)
    this.length = bytes.length
  }

  /** SHA-256 of the beginning and `end` as eight words. */
  hash(end: string): Uint32Array {
    const size = this.rest.length + end.length
    const block = new Uint8Array(Math.ceil((size + 9) / 64) * 64)
    block.set(this.rest)
    for (let n = 0; n < end.length; n++) block[this.rest.length + n] = end.charCodeAt(n)
    block[size] = 0x80
    new DataView(block.buffer).setUint32(block.length - 4, (this.length + end.length) * 8)
    const state = this.state.slice()
    for (let at = 0; at < block.length; at += 64) mix(state, block, at)
    return state
  }
}

export function zeroBits(hash: Uint32Array): number {
  let bits = 0
  for (const word of hash) {
    bits += Math.clz32(word)
    if (word !== 0) break
  }
  return bits
}
