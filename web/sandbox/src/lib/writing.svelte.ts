// What one customer writes: the box, and what has left it on its way to the server.

interface Letter {
  text: string;
  post: (text: string) => Promise<boolean>;
}

export class Writing {
  draft = $state('');
  #leaving: Letter[] = [];

  /** Empties the box at once; what left it is posted in order. */
  async send(post: Letter['post']): Promise<void> {
    const text = this.draft.trim();
    if (text === '') return;
    this.draft = '';
    this.#leaving.push({ text, post });
    if (this.#leaving.length === 1) await this.#post();
  }

  async #post(): Promise<void> {
    for (let first = this.#leaving[0]; first; first = this.#leaving[0]) {
      let taken = false;
      try {
        taken = await first.post(first.text);
      } finally {
        if (taken) this.#leaving.shift();
        else this.#giveBack();
      }
    }
  }

  /** What is not taken, and all behind it, stands in the box again, before what was typed meanwhile. */
  #giveBack(): void {
    const texts = this.#leaving.map(({ text }) => text);
    this.#leaving = [];
    this.draft = [...texts, this.draft].filter((text) => text !== '').join('\n');
  }
}
