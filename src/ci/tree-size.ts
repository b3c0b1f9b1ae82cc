import { LIMITS } from './limits.ts'
import type { CiNode } from './node.ts'

export interface TreeSize {
  readonly nodes: number
  readonly text: number
  readonly tooBig: boolean
}

/**
 * How big a tree is when every shared part is written out, counted in time linear to what is really there: a part that is
 * shared is measured once. This is what stops alias bombs and `extends` of large bases before anything walks the tree.
 */
export function expandedSize(root: CiNode): TreeSize {
  const known = new Map<CiNode, readonly [nodes: number, text: number]>()
  const measure = (node: CiNode): readonly [number, number] => {
    if (node.kind === 'scalar') return [1, node.text.length]
    if (node.kind === 'reference') return [1, 0]
    const measured = known.get(node)
    if (measured !== undefined) return measured
    let nodes = 1
    let text = 0
    const add = (child: CiNode): void => {
      const [childNodes, childText] = measure(child)
      nodes += childNodes
      text += childText
    }
    if (node.kind === 'list') node.items.forEach(add)
    else for (const entry of node.entries.values()) add(entry.value)
    const size = [nodes, text] as const
    known.set(node, size)
    return size
  }
  const [nodes, text] = measure(root)
  return { nodes, text, tooBig: nodes > LIMITS.expandedNodes || text > LIMITS.expandedText }
}
