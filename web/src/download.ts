/** A file that came whole. */
export interface Download { name: string; content: Blob }

/** What the page keeps of a file in memory, at most. */
export const LARGEST = 256 * 2 ** 20;

/** The file is larger than a page should keep. */
export class TooLarge extends Error {}

/** Reads an answer piece by piece and tells how much has come. A connection that breaks is an error, so that no part is taken for the whole. */
export async function receive(answer: Response, progress: (bytes: number) => void, largest = LARGEST): Promise<Download> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  const reader = answer.body?.getReader();
  let bytes = 0;
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
    if (done) break;
    bytes += value.length;
    if (bytes > largest) {
      await reader?.cancel();
      throw new TooLarge();
    }
    pieces.push(value);
    progress(bytes);
  }
  const content = new Blob(pieces, { type: answer.headers.get('Content-Type') ?? 'application/octet-stream' });
  return { name: fileName(answer.headers.get('Content-Disposition')), content };
}

/** The name that the server gives a file, the one in any letters before the plain one. */
export function fileName(disposition: string | null): string {
  const any = /filename\*=UTF-8''([^;]+)/i.exec(disposition ?? '')?.[1];
  const plain = /filename="([^"]+)"/i.exec(disposition ?? '')?.[1];
  try {
    return any ? decodeURIComponent(any) : (plain ?? 'download');
  } catch {
    return plain ?? 'download';
  }
}

export function size(bytes: number): string {
  return bytes < 1000 ? `${bytes} B` : bytes < 1e6 ? `${(bytes / 1e3).toFixed(0)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** Hands a file to the browser to be kept. */
export function keep({ name, content }: Download): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
