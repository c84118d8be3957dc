// A telephone in the page: JsSIP over the console's own WebSocket, audio over WebRTC with host candidates only.
// In: a SIP account. Out: reactive state for any page. Never: more than one call at a time, or an ICE server outside.

import JsSIP from 'jssip'
import { reactive } from 'vue'
import type { SipAccount } from '../api/types'
import { microphone } from './devices'
import { measure, type Media, SILENCE } from './media'

export type Registration = 'off' | 'connecting' | 'registered' | 'failed'
export type CallStage = 'incoming' | 'dialling' | 'ringback' | 'connecting' | 'talking' | 'ending'

/** `third`: brought into somebody else's call; `listen`: beside a call as its supervisor; `resume`: back into a call that
 * this seat was in, or takes over; `out`: the house places a call for this seat. The last three are answered by the page. */
export type CallKind = 'call' | 'third' | 'listen' | 'resume' | 'out'

export interface PhoneCall {
  stage: CallStage
  kind: CallKind
  /** Display name and number that the PBX sent with the call. */
  peerName: string
  peerNumber: string
  /** Asterisk's linkedid, from the header X-Hotline-Call. */
  linkedid: string
  since: number
  muted: boolean
  held: boolean
}

export interface PhoneState {
  registration: Registration
  problem: string
  call: PhoneCall | null
  media: Media
  lastEnd: string
}

type Session = InstanceType<typeof JsSIP.UA> extends { call: (...args: never[]) => infer S } ? S : never
type Incoming = { originator: string; session: Session; request: { getHeader(name: string): string | undefined } }

const GATHER_MS = 250 // host candidates are there at once; longer only delays the answer
const PC: RTCConfiguration = { iceServers: [], bundlePolicy: 'max-bundle' }
const ENDS: Record<string, string> = {
  'Busy': '对方忙', 'Rejected': '已拒接', 'No Answer': '无人接听', 'Not Found': '号码未开通',
  'Unavailable': '暂时无法接通', 'Terminated': '通话结束', 'Connection Error': '与语音系统的连接中断', 'Request Timeout': '语音系统没有响应',
  'User Denied Media Access': '没有麦克风权限', 'WebRTC Error': '浏览器音频出错', 'RTP Timeout': '声音中断', 'Address Incomplete': '号码不完整',
  'Incompatible SDP': '音频格式不匹配', 'Authentication Error': '电话账号或密码不正确', 'SIP Failure Code': '语音系统未能接通',
}

function kindOf(request: Incoming['request']): CallKind {
  if (request.getHeader('X-Hotline-Listen') === '1') return 'listen'
  if (request.getHeader('X-Hotline-Resume') === '1') return 'resume'
  if (request.getHeader('X-Hotline-Out') === '1') return 'out'
  return request.getHeader('X-Hotline-Role') === 'third' ? 'third' : 'call'
}

export class SipPhone {
  readonly state = reactive<PhoneState>({ registration: 'off', problem: '', call: null, media: SILENCE, lastEnd: '' })
  private ua: InstanceType<typeof JsSIP.UA> | null = null
  private session: Session | null = null
  private meter = 0
  private host = ''

  constructor(private readonly audio: HTMLAudioElement) {}

  /** Connect; `register` for a phone that is rung, without it for one that only dials. */
  start(account: SipAccount, options: { register: boolean; path?: string }): void {
    this.stop()
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws'
    const socket = new JsSIP.WebSocketInterface(`${scheme}://${location.host}/api/v1/sip${options.path ?? ''}`)
    const ua = new JsSIP.UA({
      sockets: [socket],
      uri: `sip:${account.user}@${account.realm_host}`,
      authorization_user: account.user,
      password: account.password,
      register: options.register,
      register_expires: 120,
      session_timers: false,
      connection_recovery_min_interval: 1,
      connection_recovery_max_interval: 4,
      user_agent: 'hotline12345',
    })
    this.ua = ua
    this.host = account.realm_host
    this.state.registration = 'connecting'
    this.state.problem = ''
    ua.on('connected', () => {
      if (this.state.call?.stage === 'ending') this.hangUp()
      if (!options.register) this.registered()
    })
    ua.on('registered', () => this.registered())
    ua.on('unregistered', () => this.lost('电话注册已失效，正在重新注册'))
    ua.on('registrationFailed', (event) => {
      this.state.registration = 'failed'
      this.state.problem = ENDS[event.cause ?? ''] ?? `电话注册失败（${event.cause ?? '原因不详'}）`
    })
    ua.on('disconnected', () => this.lost('与语音系统的连接中断，正在重连'))
    ua.on('newRTCSession', (event: unknown) => this.take(event as Incoming))
    ua.start()
  }

  stop(): void {
    this.session?.isEnded() === false && this.session.terminate()
    this.ua?.stop()
    this.ua = null
    this.state.registration = 'off'
    this.state.problem = ''
  }

  dial(number: string, headers: string[] = []): void {
    if (!this.ua || this.session) return
    this.state.lastEnd = ''
    this.ua.call(`sip:${number}@${this.host}`, {
      mediaConstraints: { audio: microphone(), video: false },
      pcConfig: PC,
      extraHeaders: headers,
    })
  }

  answer(): void {
    if (this.state.call?.stage !== 'incoming') return
    this.session?.answer({ mediaConstraints: { audio: microphone(), video: false }, pcConfig: PC })
    this.state.call.stage = 'connecting'
  }

  /** Hang up; an incoming call that rings is refused. */
  hangUp(): void {
    if (!this.session || this.session.isEnded() || !this.state.call) return
    if (this.ua?.isConnected()) {
      this.session.terminate(this.state.call.stage === 'incoming' ? { status_code: 603 } : {})
      return
    }
    // Nobody would hear the BYE, and the other side would talk on to a dead line: silence now, hang up on reconnecting.
    this.session.mute({ audio: true })
    this.audio.srcObject = null
    this.state.call.stage = 'ending'
  }

  key(tone: string): void {
    if (this.state.call?.stage === 'talking') {
      this.session?.sendDTMF(tone, { transportType: JsSIP.C.DTMF_TRANSPORT.RFC2833, duration: 120, interToneGap: 80 })
    }
  }

  toggleMute(): void {
    if (!this.session || !this.state.call) return
    if (this.state.call.muted) this.session.unmute({ audio: true })
    else this.session.mute({ audio: true })
    this.state.call.muted = !this.state.call.muted
  }

  toggleHold(): void {
    if (!this.session || !this.state.call) return
    const done = this.state.call.held ? this.session.unhold() : this.session.hold()
    if (done) this.state.call.held = !this.state.call.held
  }

  private registered(): void {
    this.state.registration = 'registered'
    this.state.problem = ''
  }

  private lost(problem: string): void {
    if (!this.ua) return
    this.state.registration = 'connecting'
    this.state.problem = problem
  }

  private take(event: Incoming): void {
    const { session } = event
    const incoming = event.originator === 'remote'
    if (this.session) {
      session.terminate({ status_code: 486 }) // one call at a time
      return
    }
    this.session = session
    this.state.lastEnd = ''
    this.state.call = {
      stage: incoming ? 'incoming' : 'dialling',
      kind: incoming ? kindOf(event.request) : 'call',
      peerName: session.remote_identity.display_name ?? '',
      peerNumber: session.remote_identity.uri.user ?? '',
      linkedid: (incoming && event.request.getHeader('X-Hotline-Call')) || '',
      since: Date.now(),
      muted: false,
      held: false,
    }
    this.listen(session)
  }

  private listen(session: Session): void {
    let gather = 0
    session.on('icecandidate', ({ ready }) => {
      window.clearTimeout(gather)
      gather = window.setTimeout(ready, GATHER_MS)
    })
    session.on('peerconnection', ({ peerconnection }) => this.hear(peerconnection))
    if (session.connection) this.hear(session.connection)
    session.on('progress', () => this.stage('ringback', 'dialling'))
    session.on('accepted', () => this.stage('talking'))
    session.on('confirmed', () => this.stage('talking'))
    session.on('getusermediafailed', () => (this.state.lastEnd = '没有麦克风权限，请在浏览器地址栏中允许使用麦克风'))
    const over = (event: { cause?: string }): void => {
      window.clearTimeout(gather)
      window.clearInterval(this.meter)
      this.session = null
      this.state.call = null
      this.state.media = SILENCE
      // A cancelled offer went on to another seat or the caller gave up: from here nobody can tell which.
      const cancelled = session.direction === 'incoming' ? '来电未接听' : '已取消'
      this.state.lastEnd ||= event.cause === 'Canceled' ? cancelled : (ENDS[event.cause ?? ''] ?? event.cause ?? '通话结束')
    }
    session.on('ended', over)
    session.on('failed', over)
  }

  private stage(next: CallStage, only?: CallStage): void {
    const call = this.state.call
    if (!call || call.stage === 'ending' || (only && call.stage !== only) || call.stage === next) return
    call.stage = next
    if (next === 'talking') call.since = Date.now()
  }

  private hear(connection: RTCPeerConnection): void {
    connection.addEventListener('track', (event) => {
      this.audio.srcObject = event.streams[0] ?? new MediaStream([event.track])
      void this.audio.play().catch(() => (this.state.problem = '浏览器阻止了声音播放，请点击页面任意处'))
    })
    window.clearInterval(this.meter)
    this.meter = window.setInterval(() => {
      void measure(connection, this.state.media).then((media) => {
        if (this.session) this.state.media = media
      })
    }, 500)
  }
}
