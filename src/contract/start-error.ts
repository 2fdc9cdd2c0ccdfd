/** The surroundings do not let us start. The message says what is wrong and the remedy; a stack would not help. */
export class StartError extends Error {}
