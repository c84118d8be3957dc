// What changed between two texts, by sentence: enough for a second person to read a change before it is in force.

export interface Part {
  kind: 'same' | 'gone' | 'new'
  text: string
}

const MOST = 400 // sentences; longer texts are compared as a whole

export function sentences(text: string): string[] {
  return text.match(/[^。！？；\n]+[。！？；\n]*|[。！？；\n]+/g) ?? []
}

/** Parts in reading order; joined without the `gone` they are the new text, without the `new` the old one. */
export function difference(before: string, after: string): Part[] {
  if (before === after) return before ? [{ kind: 'same', text: before }] : []
  const [old, fresh] = [sentences(before), sentences(after)]
  if (old.length > MOST || fresh.length > MOST) return joined([{ kind: 'gone', text: before }, { kind: 'new', text: after }])
  const kept = common(old, fresh)
  const parts: Part[] = []
  let [i, j] = [0, 0]
  while (i < old.length || j < fresh.length) {
    if (i < old.length && j < fresh.length && old[i] === fresh[j]) {
      parts.push({ kind: 'same', text: old[i]! })
      i++
      j++
    } else if (i < old.length && (j >= fresh.length || kept[i + 1]![j]! >= kept[i]![j + 1]!)) {
      parts.push({ kind: 'gone', text: old[i++]! })
    } else {
      parts.push({ kind: 'new', text: fresh[j++]! })
    }
  }
  return joined(parts)
}

/** Length of the longest common run of `old` from i and `fresh` from j on. */
function common(old: string[], fresh: string[]): number[][] {
  const table = Array.from({ length: old.length + 1 }, () => new Array<number>(fresh.length + 1).fill(0))
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = fresh.length - 1; j >= 0; j--) {
      table[i]![j] = old[i] === fresh[j] ? table[i + 1]![j + 1]! + 1 : Math.max(table[i + 1]![j]!, table[i]![j + 1]!)
    }
  }
  return table
}

function joined(parts: Part[]): Part[] {
  const found: Part[] = []
  for (const part of parts) {
    const last = found.at(-1)
    if (last && last.kind === part.kind) last.text += part.text
    else if (part.text) found.push({ ...part })
  }
  return found
}
