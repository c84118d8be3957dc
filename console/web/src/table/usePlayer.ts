// Prompts as callers hear them, one after the other.

import { ElMessage } from 'element-plus'
import { onBeforeUnmount, ref, type Ref } from 'vue'
import { url } from '../api/client'

export interface Player {
  /** What plays now; "" for nothing. */
  playing: Ref<string>
  /** Place in the list that plays, from 0. */
  at: Ref<number>
  /** Play these in order; again the same while they play stops them. */
  play: (ids: string[]) => void
  stop: () => void
}

export function usePlayer(): Player {
  const playing = ref('')
  const at = ref(-1)
  let list: string[] = []
  let sound: HTMLAudioElement | null = null

  function stop(): void {
    sound?.pause()
    sound = null
    playing.value = ''
    at.value = -1
  }

  function next(): void {
    const id = list[at.value + 1]
    if (id === undefined) return stop()
    at.value += 1
    playing.value = id
    const made = new Audio(url(`/table/prompts/${encodeURIComponent(id)}/audio`))
    sound = made
    made.onended = () => { if (sound === made) next() }
    made.onerror = () => {
      if (sound !== made) return
      ElMessage.error(`提示音 ${id} 播放不了`)
      stop()
    }
    void made.play().catch(() => undefined)
  }

  function play(ids: string[]): void {
    const again = playing.value !== '' && list.join() === ids.join()
    stop()
    list = ids
    if (!again) next()
  }

  onBeforeUnmount(stop)
  return { playing, at, play, stop }
}
