// What a supervisor does with calls and seats: each act is in the audit; refusals are told in words.

import { ElMessage, ElMessageBox } from 'element-plus'
import { ref } from 'vue'
import { asProblem, postOnce, remove } from '../../api/client'
import type { SpyMode } from '../../api/types'

const busy = ref('')

async function run(name: string, act: () => Promise<unknown>): Promise<boolean> {
  if (busy.value) return false
  busy.value = name
  try {
    await act()
    return true
  } catch (error) {
    const problem = asProblem(error)
    ElMessage({ type: 'error', message: problem.detail || `${problem.title}。${problem.remedy}`, duration: 6000, showClose: true })
    return false
  } finally {
    busy.value = ''
  }
}

const call = (linkedid: string): string => `/live/calls/${encodeURIComponent(linkedid)}`

export const supervise = {
  busy,
  listen: (linkedid: string, mode: SpyMode) => run(mode + linkedid, () => postOnce(`${call(linkedid)}/listen`, { mode })),
  leave: (linkedid: string) => run(`leave${linkedid}`, () => remove(`${call(linkedid)}/listen`)),
  takeOver: async (linkedid: string, seat: string): Promise<boolean> => {
    const sure = await ElMessageBox.confirm(`坐席 ${seat} 将退出，由您继续与来电人通话。`, '接管这通电话', { confirmButtonText: '接管', cancelButtonText: '取消', type: 'warning' }).catch(() => '')
    return sure === 'confirm' && run(`over${linkedid}`, () => postOnce(`${call(linkedid)}/take_over`))
  },
  seat: (seat: string, verb: 'resume' | 'logout' | 'pause' | 'done', body: object = {}) => run(seat + verb, () => postOnce(`/seats/${seat}/${verb}`, body)),
  tell: (text: string, seats: string[]) => run('tell', () => postOnce('/live/messages', { text, seats })),
}
