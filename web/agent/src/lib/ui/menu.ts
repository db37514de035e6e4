import type { Component } from 'svelte';

/** One line of a menu. */
export interface MenuItem {
  id: string;
  label: string;
  initials?: string;
  icon?: Component<{ class?: string }>;
  shortcut?: string | undefined;
  aside?: string | undefined;
  checked?: boolean;
}

export interface MenuProps {
  label: string;
  items: readonly MenuItem[];
  /** The button it belongs to. */
  anchor: HTMLElement | undefined;
  onchoose: (id: string) => void;
  onclose: () => void;
}

/** Where a menu stands to its button. */
export const PLACE = { side: 'bottom', align: 'end', sideOffset: 4, collisionPadding: 8 } as const;

/** Menus are found by what is typed whatever its accents and capitals. */
export function fold(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

/** For bits-ui, which gives an item's keywords beside its value: whether it holds what is typed. */
export function holds(_value: string, typed: string, keywords: string[] = []): number {
  return keywords.some((word) => fold(word).includes(fold(typed))) ? 1 : 0;
}
