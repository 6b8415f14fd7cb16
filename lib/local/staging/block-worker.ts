import { parentPort } from 'node:worker_threads';
import { blockMaker } from '../../../lambdas/stage-files/block.ts';
import { contract } from '../../contracts/index.ts';
import { unpacked, type BlockRequest, type BlockResponse } from './block-messages.ts';

const makers = new Map<string, ReturnType<typeof blockMaker>>();

parentPort!.on('message', ({ about, records }: BlockRequest) => {
  let make = makers.get(about.file_id);
  if (!make) {
    make = blockMaker(contract(about.dataset), about);
    makers.set(about.file_id, make);
  }
  const { rows, json, csv, rejects } = make(unpacked(records));
  const response: BlockResponse = { rows, json, csv, rejects };
  // Handed over, not copied.
  parentPort!.postMessage(response, [json.buffer as ArrayBuffer, csv.buffer as ArrayBuffer]);
});
