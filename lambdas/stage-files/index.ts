export const handler = (): never => {
  throw new Error('stage-files must be written, got none');
};
