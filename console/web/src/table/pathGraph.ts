// Ways of one hotline at several moments, laid over each other into one picture: layers from top to bottom.

import type { RouteAnswer } from './types'

export interface Sample {
  label: string
  answer: RouteAnswer
  taken: boolean
}

export interface Node {
  id: string
  kind: string
  ref: string
  skills: string[]
  taken: boolean
  layer: number
  x: number
  y: number
}

export interface Edge {
  from: Node
  to: Node
  labels: string[]
  taken: boolean
}

export interface Graph {
  nodes: Node[]
  edges: Edge[]
  width: number
  height: number
}

const START = 'start'
const NODE_W = 148
const ROW_H = 92
const TOP = 26
const NODE_MAX = 40

function reaches(edges: Map<string, Edge>, from: Node, to: Node): boolean {
  if (from === to) return true
  return [...edges.values()].some((edge) => edge.from === from && reaches(edges, edge.to, to))
}

/** Each different step stands once, unless that would make the picture go round. */
export function graphOf(samples: Sample[]): Graph {
  const nodes = new Map<string, Node>()
  const edges = new Map<string, Edge>()
  const node = (id: string, kind: string, ref: string, skills: string[]): Node => {
    const known = nodes.get(id)
    if (known) return known
    const made: Node = { id, kind, ref, skills, taken: false, layer: 0, x: 0, y: 0 }
    nodes.set(id, made)
    return made
  }
  for (const { label, answer, taken } of samples) {
    let from = node(START, 'start', answer.number, [])
    from.taken ||= taken
    const steps = answer.routed ? answer.steps : [{ kind: 'refused', ref: answer.reason, skills: [] }]
    for (const step of steps) {
      const base = `${step.kind}:${step.ref}:${step.skills.join('+')}`
      let id = base
      for (let n = 2; nodes.has(id) && reaches(edges, nodes.get(id) as Node, from); n++) id = `${base}#${n}`
      if (!nodes.has(id) && nodes.size >= NODE_MAX) break
      const to = node(id, step.kind, step.ref, step.skills)
      const edge = edges.get(`${from.id}>${id}`) ?? { from, to, labels: [], taken: false }
      if (!edge.labels.includes(label)) edge.labels.push(label)
      edge.taken ||= taken
      to.taken ||= taken
      edges.set(`${from.id}>${id}`, edge)
      from = to
    }
  }
  return place([...nodes.values()], [...edges.values()])
}

function place(nodes: Node[], edges: Edge[]): Graph {
  for (let round = 0; round < nodes.length; round++) {
    let moved = false
    for (const edge of edges) {
      if (edge.to.layer > edge.from.layer) continue
      edge.to.layer = edge.from.layer + 1
      moved = true
    }
    if (!moved) break
  }
  const layers: Node[][] = []
  for (const each of nodes) (layers[each.layer] ??= []).push(each)
  const widest = Math.max(1, ...layers.map((layer) => layer?.length ?? 0))
  // One column more beside the nodes where an edge jumps over a layer.
  const jumps = edges.some((edge) => edge.to.layer - edge.from.layer > 1)
  const width = Math.max(2, widest) * (NODE_W + 24) + (jumps ? 60 : 0)
  layers.forEach((layer, depth) => layer.forEach((each, index) => {
    each.x = ((index + 0.5) * (width - (jumps ? 60 : 0))) / layer.length
    each.y = TOP + depth * ROW_H
  }))
  return { nodes, edges, width, height: TOP * 2 + (layers.length - 1) * ROW_H }
}

/** Words of an edge: when it is taken, if the ways part here; what failed before, behind people. */
export function edgeText(edge: Edge, graph: Graph, all: number): string {
  const after = ['unit_line', 'emergency', 'expert_seats', 'shared_seats'].includes(edge.from.kind) ? '未接通' : ''
  const parts = graph.edges.filter((each) => each.from === edge.from).length > 1 && edge.labels.length < all
  const when = parts ? (edge.labels.length > 2 ? `${edge.labels.slice(0, 2).join('、')}等` : edge.labels.join('、')) : ''
  return [after, when].filter(Boolean).join(' · ')
}

export const NODE = { width: NODE_W, height: 50 }
