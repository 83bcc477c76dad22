/** The built gateway, however it is run. */
export interface Target {
  /** Starts it on port 5001 of the address given back, with files of a folder that it can read. */
  start(options: StartOptions): Promise<Running>;
}

export interface StartOptions {
  /** Variables of the gateway. `{files}` stands for the folder as the gateway sees it. */
  readonly variables: Readonly<Record<string, string>>;
  readonly files: string;
}

export interface Running {
  /** Runs the image's health check. @returns its exit code */
  health(): Promise<number>;
  /** Sends SIGTERM. @returns the exit code */
  stop(): Promise<number>;
  /** User and group that the process has, `1001:1001`. */
  owner(): Promise<string>;
  output(): Promise<string>;
}

export const PORT = 5001;
