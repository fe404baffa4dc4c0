import { onEveryEngine } from './engines.ts';
import { storeContract } from './store.case.ts';

onEveryEngine(storeContract);
