/** Things to be disposed of together. */
export type Disposables = readonly { dispose(): unknown }[];
