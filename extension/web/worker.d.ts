/** What is used of the web's workers; the types of this project are otherwise Node's. */
declare class Worker {
  constructor(url: string);
  terminate(): void;
}
