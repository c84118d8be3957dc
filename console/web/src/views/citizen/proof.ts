// The proof of work that stands where others have a tracking captcha: about a second of a phone's time.

import { get } from '../../api/client'
import { Beginning, zeroBits } from './sha256'

export interface Puzzle {
  puzzle: string
  bits: number
}

export interface Proof {
  puzzle: string
  nonce: string
}

const SLICE_MS = 12 // the page stays alive between slices

export async function solve({ puzzle, bits }: Puzzle): Promise<Proof> {
  const beginning = new Beginning(`${puzzle}:`)
  for (let nonce = 0; ; ) {
    for (const until = performance.now() + SLICE_MS; performance.now() < until; ) {
      for (let n = 0; n < 256; n++, nonce++) {
        if (zeroBits(beginning.hash(String(nonce))) >= bits) return { puzzle, nonce: String(nonce) }
      }
    }
    await new Promise((next) => setTimeout(next))
  }
}

/** A fresh puzzle, solved: good for one request. */
export const prove = async (): Promise<Proof> => solve(await get<Puzzle>('/citizen/puzzle'))
