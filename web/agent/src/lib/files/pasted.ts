/**
 * The files of a paste. What is copied from a sheet or a text brings a picture of itself along: there the text is
 * meant. A file from a folder brings its name.
 */
export function pastedFiles(data: Pick<DataTransfer, 'files' | 'getData'> | null): File[] {
  const files = [...(data?.files ?? [])];
  const text = data?.getData('text/plain').trim() ?? '';
  const names = text === '' ? [] : text.split(/\r?\n/).map((line) => line.split(/[/\\]/).pop());
  return names.every((name) => files.some((file) => file.name === name)) ? files : [];
}
