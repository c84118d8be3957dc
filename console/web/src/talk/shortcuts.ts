// Alt and a letter, wherever the person is typing. By the key's place (`code`): with a Chinese input method `key` is "Process".

import { onBeforeUnmount, onMounted } from 'vue'

/** `act` says whether it has done something with the letter. */
export function useShortcuts(act: (letter: string) => boolean): void {
  const press = (event: KeyboardEvent): void => {
    if (!event.altKey || event.ctrlKey || event.metaKey || event.repeat || !event.code.startsWith('Key')) return
    if (act(event.code.slice(3))) event.preventDefault()
  }
  onMounted(() => window.addEventListener('keydown', press))
  onBeforeUnmount(() => window.removeEventListener('keydown', press))
}
