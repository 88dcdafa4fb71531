/** What a process that joins is started with: names of files, never what is in them. */
export interface WorkerTask {
  readonly coordinatorHost: string;
  readonly coordinatorPort: number;
  /** Of the secret that the coordinator has too. */
  readonly secretFile: string;
  /** Of the keys that tokens are minted with; left out: where the coordinator says. */
  readonly keysFile?: string;
  readonly host: string;
  readonly slot: number;
  readonly workers: number;
  readonly joinSeconds: number;
}

/** Of a process that joined: it ended as it was told to · it lost its coordinator · it could not join. */
export const JOINED_EXIT = { ended: 0, lost: 2, notJoined: 3 } as const;
