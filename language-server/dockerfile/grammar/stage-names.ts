/** Names that mean something of their own where a stage, an image or a context is named. */
export const reservedStageNames = ['context', 'scratch'] as const;
