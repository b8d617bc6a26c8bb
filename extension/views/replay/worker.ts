import { parentPort, workerData } from 'node:worker_threads';
import { speakWith, untranslated } from '../../protocol/language';
import type { ReplayData, ToReplay } from './messages';
import { ReplayServer } from './server';

/** The entry of the worker that reads a recording: started with {@link ReplayData}, then messages in and out. */
const port = parentPort;
if (port !== null) {
  const { file, sentences } = workerData as ReplayData;
  speakWith((message, ...args) => untranslated(sentences[message] ?? message, ...args));
  const server = new ReplayServer(file, (message) => port.postMessage(message));
  port.on('message', (message: ToReplay) => server.receive(message));
}
