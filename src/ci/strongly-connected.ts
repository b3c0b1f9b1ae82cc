/**
 * The strongly connected components of a graph, each in the order in which its nodes were reached, starting from the nodes in
 * the order given. Needs no recursion, so a chain of any length is fine.
 */
export function stronglyConnected<T>(
  nodes: readonly T[],
  childrenOf: (node: T) => readonly T[],
): readonly (readonly T[])[] {
  const components: (readonly T[])[] = []
  const ids = new Map<T, number>()
  const closed = new Set<T>()
  const stack: T[] = []
  for (const node of nodes) {
    if (ids.has(node)) continue
    const path: Step<T>[] = [open(node, ids, stack, childrenOf)]
    for (let step = path.at(-1); step !== undefined; step = path.at(-1)) {
      const child = step.children[step.next]
      if (child !== undefined && step.next < step.children.length) {
        step.next += 1
        const id = ids.get(child)
        if (id === undefined) path.push(open(child, ids, stack, childrenOf))
        else if (!closed.has(child)) step.minimum = Math.min(step.minimum, id)
        continue
      }
      path.pop()
      const parent = path.at(-1)
      if (parent !== undefined) parent.minimum = Math.min(parent.minimum, step.minimum)
      if (step.minimum !== step.id) continue
      const component = stack.splice(step.depth)
      for (const member of component) closed.add(member)
      components.push(component)
    }
  }
  return components
}

interface Step<T> {
  readonly id: number
  readonly depth: number
  readonly children: readonly T[]
  next: number
  minimum: number
}

function open<T>(node: T, ids: Map<T, number>, stack: T[], childrenOf: (node: T) => readonly T[]): Step<T> {
  const id = ids.size
  ids.set(node, id)
  stack.push(node)
  return { id, depth: stack.length - 1, children: childrenOf(node), next: 0, minimum: id }
}
