/**
 * Programs outside the project that some tests and verbs use, and where they are on this machine. A table, so that
 * the test verb, the skips and the messages name the same things. It installs nothing.
 */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface Tool {
  /** Names it goes by, the most usual first. */
  readonly commands: readonly string[];
  /** Debian's package of it, where there is one that fits. */
  readonly aptPackage?: string;
}

export const TOOLS = {
  chromium: { commands: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'], aptPackage: 'chromium' },
  // Debian's is too old for what is built with it.
  go: { commands: ['go'] },
  java: { commands: ['java'], aptPackage: 'openjdk-17-jre-headless' },
  mvn: { commands: ['mvn'], aptPackage: 'maven' },
  node: { commands: ['node'] },
  openssl: { commands: ['openssl'], aptPackage: 'openssl' },
  python: { commands: ['python3', 'python'], aptPackage: 'python3-pip' },
  redis: { commands: ['redis-server'], aptPackage: 'redis-server' },
  soffice: { commands: ['soffice', 'libreoffice'], aptPackage: 'libreoffice-calc-nogui' },
} as const satisfies Record<string, Tool>;

export type ToolName = keyof typeof TOOLS;

/** Path of the tool's program by the given PATH, or undefined where the machine lacks it. */
export function locate(name: ToolName, path = process.env.PATH ?? ''): string | undefined {
  for (const command of TOOLS[name].commands) {
    for (const folder of path.split(delimiter)) {
      const program = join(folder || '.', command);
      if (isProgram(program)) return program;
    }
  }
  return undefined;
}

/** How a person gets it. */
export function howToInstall(name: ToolName): string {
  const tool: Tool = TOOLS[name];
  return tool.aptPackage === undefined ? `put ${tool.commands[0]} on the PATH` : `apt-get install ${tool.aptPackage}`;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
