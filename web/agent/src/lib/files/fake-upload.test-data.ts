import { vi } from 'vitest';
import type { Media } from '$lib/api/types';

/** An upload that ends when a test says so. */
export class FakeUpload {
  static all: FakeUpload[] = [];

  upload: { onprogress?: (event: { loaded: number }) => void; onload?: () => void } = {};
  status = 0;
  responseText = '';
  aborted = false;
  onload?: () => void;
  onerror?: () => void;
  onabort?: () => void;
  onloadend?: () => void;
  url = '';

  open(_method: string, url: string): void {
    this.url = url;
  }

  setRequestHeader(): void {
    // What is sent is what counts.
  }

  getResponseHeader(): string {
    return 'application/json';
  }

  send(): void {
    FakeUpload.all.push(this);
  }

  abort(): void {
    this.aborted = true;
    this.onabort?.();
    this.onloadend?.();
  }

  /** So many bytes have left. */
  sent(loaded: number): void {
    this.upload.onprogress?.({ loaded });
  }

  /** All bytes have left. */
  left(): void {
    this.upload.onload?.();
  }

  stores(media: Media): void {
    this.answers(201, media);
  }

  answers(status: number, body: object): void {
    this.status = status;
    this.responseText = JSON.stringify(body);
    this.onload?.();
    this.onloadend?.();
  }

  /** The connection goes. */
  breaks(): void {
    this.onerror?.();
    this.onloadend?.();
  }
}

/** Every upload is held until the test ends it. */
export function holdUploads(): void {
  FakeUpload.all = [];
  vi.stubGlobal('XMLHttpRequest', FakeUpload);
}

/** The upload that began as the `count`th. */
export async function nthUpload(count: number): Promise<FakeUpload> {
  return vi.waitFor(() => {
    const found = FakeUpload.all[count - 1];
    if (!found) throw new Error(`${FakeUpload.all.length} uploads have begun`);
    return found;
  });
}
