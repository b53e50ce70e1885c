/** Main of the bundle `dist/language-server.js`. */
import { keepHeapModest } from './modest-heap';
import { useNativeSha256 } from './native-sha256';
import { startNodeServer } from './node-server';

keepHeapModest();
useNativeSha256();
startNodeServer();
