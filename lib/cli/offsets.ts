/** An offset as the command line takes it: `0:5` is offset 5 of partition 0, and `5` is of every partition, which is told as ''. */
export function partitionAndOffset(text: string): [partition: string, offset: number] {
  const [offset, partition = ''] = text.split(':').reverse();
  return [partition, Number(offset)];
}
