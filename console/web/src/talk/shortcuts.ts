// Alt and a letter or digit, wherever the person is typing. By the key's place (`code`): with a Chinese input method `key`
// is "Process". While the input method is composing, every key is its own.

import { onBeforeUnmount, onMounted } from 'vue'

export interface Press {
  altKey: boolean
  ctrlKey: boolean
  metaKey: boolean
  shiftKey: boolean
  repeat: boolean
  isComposing: boolean
  code: string
}

/** Which key of the scheme this is: `A`…`Z`, `1`…`9`, with Shift `Shift+1`; '' for what is none of ours. */
export function shortcutOf(press: Press): string {
  if (!press.altKey || press.ctrlKey || press.metaKey || press.repeat || press.isComposing) return '' // Ctrl+Alt is AltGr
  const place = /^(?:Key([A-Z])|Digit([1-9]))$/.exec(press.code)
  const key = place?.[1] ?? place?.[2] ?? ''
  return key && press.shiftKey ? `Shift+${key}` : key
}

/** `act` says whether it has done something with the key. */
export function useShortcuts(act: (key: string) => boolean): void {
  const press = (event: KeyboardEvent): void => {
    const key = shortcutOf(event)
    if (key && act(key)) event.preventDefault()
  }
  onMounted(() => window.addEventListener('keydown', press))
  onBeforeUnmount(() => window.removeEventListener('keydown', press))
}

/** Whether this element takes text: what is typed there is meant for nobody else. */
export const takesText = (element: Element | null): boolean => element?.matches('input, textarea, select, [contenteditable="true"]') ?? false
