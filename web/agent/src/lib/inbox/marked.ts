/** A piece of a text, strong where it stood between `<b>` and `</b>`. */
export interface Piece {
  text: string;
  strong: boolean;
}

/** Takes a text of the catalogs apart at its `<b>` marks. */
export function piecesOf(text: string): Piece[] {
  return text
    .split(/<\/?b>/)
    .map((piece, index) => ({ text: piece, strong: index % 2 === 1 }))
    .filter((piece) => piece.text !== '');
}

/** The text without its marks. */
export function plain(text: string): string {
  return text.replaceAll(/<\/?b>/g, '');
}
