/** A picture in its frame: how many times as large, and how far its middle is from the frame's, in pixels. */
export interface Zoom {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

/** A place in the frame, from its middle. */
export interface Place {
  x: number;
  y: number;
}

interface Size {
  width: number;
  height: number;
}

/** What is looked through, and what is looked at: the whole picture, in the middle of the frame. */
export interface Sizes {
  frame: Size;
  picture: Size;
}

/** All of the picture. */
export const WHOLE: Zoom = { scale: 1, x: 0, y: 0 };
/** How much closer one press of a key goes. */
export const STEP = 1.5;
export const CLOSEST = 8;

/** Closer by a factor, or further away: what is at `place` stays there. */
export function zoomed(zoom: Zoom, factor: number, place: Place, sizes: Sizes): Zoom {
  const scale = Math.min(CLOSEST, Math.max(1, zoom.scale * factor));
  const grown = scale / zoom.scale;
  const about = (at: number, middle: number) => at - (at - middle) * grown;
  return within({ scale, x: about(place.x, zoom.x), y: about(place.y, zoom.y) }, sizes);
}

/** Another part of the picture. */
export function moved(zoom: Zoom, by: Place, sizes: Sizes): Zoom {
  return within({ scale: zoom.scale, x: zoom.x + by.x, y: zoom.y + by.y }, sizes);
}

/** The frame shows nothing beside the picture that it need not show. */
function within({ scale, x, y }: Zoom, { frame, picture }: Sizes): Zoom {
  const clamp = (at: number, framed: number, size: number) => {
    const most = Math.max(0, (scale * size - framed) / 2);
    // Without a negative zero.
    return Math.min(most, Math.max(-most, at)) || 0;
  };
  return {
    scale,
    x: clamp(x, frame.width, picture.width),
    y: clamp(y, frame.height, picture.height),
  };
}
