/** The two answers of a verifier that are not yes. */

/** What is wrong, and where: the index of the entry, the size of the checkpoint, the name of the file. */
export class Broken extends Error {
  readonly place: string;
  constructor(place: string, message: string) {
    super(message);
    this.place = place;
  }
}

/** Neither yes nor no: something needed for the answer is not there. */
export class Undecided extends Error {}
