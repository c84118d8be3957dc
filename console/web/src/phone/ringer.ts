// The ring of the browser phone: two tones, one second on, two off, made here so that no file has to load first.

import { reactive } from 'vue'
import { devices } from './devices'

let context: AudioContext | null = null
let loop = 0

/** `blocked`: a call would ring without a sound, because nobody has touched this page since it was loaded. */
export const sound = reactive({ blocked: false })

/** Browsers let a page sound only after a person has touched it: call this from a click. */
export function allowSound(): void {
  context ??= new AudioContext()
  useRingDevice(context)
  void context.resume().then(() => (sound.blocked = false))
}

/** Ring where the person wants it: on the loudspeaker, while the headset carries the talk. */
function useRingDevice(on: AudioContext): void {
  const chosen = on as AudioContext & { sinkId?: string; setSinkId?: (id: string) => Promise<void> }
  if (chosen.setSinkId && chosen.sinkId !== devices.ring) void chosen.setSinkId(devices.ring).catch(() => undefined) // unplugged: the usual one
}

/** One ring, to hear where it sounds. */
export function tryRing(): void {
  allowSound()
  ringOnce()
}

/** Find out whether a ring would be heard, and let the first touch of the page make it so. */
export function probeSound(): void {
  allowSound()
  window.setTimeout(() => (sound.blocked = context?.state !== 'running'), 400)
  for (const touch of ['pointerdown', 'keydown']) window.addEventListener(touch, allowSound, { once: true })
}

function ringOnce(): void {
  if (!context) return
  const start = context.currentTime
  for (const [frequency, from, to] of [[520, 0, 0.45], [660, 0.5, 1.0]] as const) {
    const tone = context.createOscillator()
    const loudness = context.createGain()
    tone.frequency.value = frequency
    loudness.gain.setValueAtTime(0, start + from)
    loudness.gain.linearRampToValueAtTime(0.22, start + from + 0.03)
    loudness.gain.linearRampToValueAtTime(0, start + to)
    tone.connect(loudness).connect(context.destination)
    tone.start(start + from)
    tone.stop(start + to)
  }
}

export function startRinging(): void {
  if (loop) return
  allowSound()
  ringOnce()
  loop = window.setInterval(ringOnce, 3000)
}

export function stopRinging(): void {
  window.clearInterval(loop)
  loop = 0
}

/** Tell of a call on the desktop, unless the person is at this page: it may be in sight and another window in use.
 * A click brings the page to the front and calls `open`. */
export function notify(title: string, body: string, open: () => void): Notification | null {
  const here = document.visibilityState === 'visible' && document.hasFocus()
  if (!('Notification' in window) || Notification.permission !== 'granted' || here) return null
  const note = new Notification(title, { body, tag: 'hotline-call', requireInteraction: true })
  note.onclick = () => {
    window.focus()
    open()
    note.close()
  }
  return note
}

export const mayNotify = (): NotificationPermission | 'never' => ('Notification' in window ? Notification.permission : 'never')

export function askToNotify(): void {
  if ('Notification' in window && Notification.permission === 'default') void Notification.requestPermission()
}
