// Which microphone a person speaks into and where the ring sounds; kept in this browser.

import { reactive } from 'vue'

const KEPT = { microphone: 'hotline-microphone', ring: 'hotline-ring' } as const
export type Use = keyof typeof KEPT

/** Ids of devices, '' for the system's own choice; `inputs` and `outputs` are what there is. */
export const devices = reactive({
  microphone: localStorage.getItem(KEPT.microphone) ?? '',
  ring: localStorage.getItem(KEPT.ring) ?? '',
  inputs: [] as MediaDeviceInfo[],
  outputs: [] as MediaDeviceInfo[],
})

/** What to ask the browser for. `ideal`: an unplugged headset does not keep anyone from answering. */
export const microphone = (): true | MediaTrackConstraints => (devices.microphone ? { deviceId: { ideal: devices.microphone } } : true)

export function choose(use: Use, id: string): void {
  devices[use] = id
  localStorage.setItem(KEPT[use], id)
}

/** Names are told only once the microphone may be used. */
export async function look(): Promise<void> {
  const all = await navigator.mediaDevices.enumerateDevices()
  const real = all.filter((each) => each.deviceId && !['default', 'communications'].includes(each.deviceId))
  devices.inputs = real.filter((each) => each.kind === 'audioinput')
  devices.outputs = real.filter((each) => each.kind === 'audiooutput')
}

/** Listen to the chosen microphone; `tell` gets its loudness 0..1 ten times a second. Returns what ends it. */
export async function listenToMyself(tell: (level: number) => void): Promise<() => void> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: microphone() })
  const context = new AudioContext()
  const analyser = context.createAnalyser()
  context.createMediaStreamSource(stream).connect(analyser)
  const samples = new Float32Array(analyser.fftSize)
  const timer = window.setInterval(() => {
    analyser.getFloatTimeDomainData(samples)
    tell(Math.sqrt(samples.reduce((sum, each) => sum + each * each, 0) / samples.length))
  }, 100)
  await look()
  return () => {
    window.clearInterval(timer)
    for (const track of stream.getTracks()) track.stop()
    void context.close()
  }
}
