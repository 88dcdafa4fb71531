/** How many edges a box needs, and what each may hold: from the file limit, the cores and the connections asked for. */
export interface EdgePlan {
  readonly edges: number;
  readonly maxSessionsPerEdge: number;
}

/** Files an edge needs beside its sockets: listener, link, event loop, libraries. The doctor counts with as many, which a test holds. */
export const RESERVED_FILES = 100;
/** The kernel spreads connections by hash: plan for an edge that gets this much more than the mean (facts: at most +11 %). */
const SKEW = 1.15;

export function planEdges(
  asked: number,
  maxConnections: number,
  filesPerProcess: number,
  cores: number,
): EdgePlan | { readonly infeasible: string } {
  const room = filesPerProcess - RESERVED_FILES;
  if (room < 100) return { infeasible: `${filesPerProcess} open files per process are too few: raise the limit (ulimit -n)` };
  const needed = Math.max(cores, Math.ceil((maxConnections * SKEW) / room));
  const edges = asked === 0 ? needed : asked;
  return { edges, maxSessionsPerEdge: Math.min(room, Math.ceil((maxConnections / edges) * SKEW) + 64) };
}
