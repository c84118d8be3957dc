// What keeps the seat from talking, in words that are not overlooked: no line to the PBX, no network, no sound.

import { computed, type ComputedRef, onBeforeUnmount, onMounted, ref } from 'vue'
import { device, holder, mySeat, phone } from '../../phone/seatPhone'

export interface Trouble {
  tone: 'bad' | 'warn'
  text: string
}

export function useTrouble(): ComputedRef<Trouble | null> {
  const online = ref(navigator.onLine)
  const look = (): void => { online.value = navigator.onLine }
  onMounted(() => ['online', 'offline'].forEach((name) => window.addEventListener(name, look)))
  onBeforeUnmount(() => ['online', 'offline'].forEach((name) => window.removeEventListener(name, look)))

  return computed(() => {
    const { call, media, registration } = phone.state
    const talking = call?.stage === 'talking'
    if (!online.value) return { tone: 'bad', text: '这台电脑的网络断开了。请检查网线或无线网络；恢复后自动重连，已填写的内容保留在本页。' }
    if (device.value !== 'web' || holder.held !== 'here') return null
    if (talking && !call.held && media.quality === 'silent') return { tone: 'bad', text: '听不到对方：已有几秒没有收到声音，对方可能也听不到您。请检查网络；若是线路断开，系统会自动恢复通话。' }
    if (registration !== 'registered' && talking) return { tone: 'bad', text: '与语音系统的连接中断，正在自动重连。通话声音不受影响，请继续；转接和挂断要等重连后才能进行，请不要刷新页面。' }
    const onDuty = mySeat.value !== null && !['offline', 'unknown'].includes(mySeat.value.state)
    if (registration !== 'registered' && onDuty) return { tone: 'bad', text: '电话没有连上语音系统，现在接不到来电。正在自动重连；若一直不恢复，请检查网络或改用桌面话机。' }
    if (talking && !call.held && media.quality === 'poor') return { tone: 'warn', text: '网络较差，声音可能断续。请适当放慢语速，并确认对方听清。' }
    return null
  })
}
