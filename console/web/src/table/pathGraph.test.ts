import { expect, it } from 'vitest'
import { graphOf, type Sample } from './pathGraph'
import type { RouteAnswer } from './types'

function sample(label: string, taken: boolean, ...kinds: string[]): Sample {
  const steps = kinds.map((kind) => ({ kind, ref: '', skills: [], priority: 0, join: false }))
  return { label, taken, answer: { routed: true, number: '12348', steps, reason: '' } as unknown as RouteAnswer }
}

it('puts the same step once, below everything that leads to it', () => {
  const graph = graphOf([sample('工作时间', false, 'prompt', 'unit_line', 'shared_seats'), sample('夜间', true, 'prompt', 'shared_seats')])
  const layer = Object.fromEntries(graph.nodes.map((node) => [node.kind, node.layer]))
  expect(layer).toEqual({ start: 0, prompt: 1, unit_line: 2, shared_seats: 3 })
  expect(graph.edges.filter((edge) => edge.taken).map((edge) => `${edge.from.kind}>${edge.to.kind}`)).toEqual(['start>prompt', 'prompt>shared_seats'])
})

it('never goes round: a step that comes again stands twice', () => {
  const graph = graphOf([sample('甲', true, 'shared_seats', 'unit_line', 'shared_seats'), sample('乙', false, 'unit_line', 'shared_seats', 'unit_line')])
  expect(graph.edges.every((edge) => edge.to.layer > edge.from.layer)).toBe(true)
})
