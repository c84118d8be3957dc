// How the audio of a call does, read from WebRTC's statistics.

export interface Media {
  /** Loudness 0..1 of what is heard and what is said. */
  heard: number
  said: number
  packetsIn: number
  packetsOut: number
  lostIn: number
  jitterMs: number
  /** `silent`: connected, but no packet came in for 3 seconds. */
  quality: 'unknown' | 'good' | 'poor' | 'silent'
  quietSince: number
}

export const SILENCE: Media = {
  heard: 0, said: 0, packetsIn: 0, packetsOut: 0, lostIn: 0, jitterMs: 0, quality: 'unknown', quietSince: 0,
}

const QUIET_MS = 3000
const LOSS_POOR = 0.05
const JITTER_POOR_MS = 60

export async function measure(connection: RTCPeerConnection, before: Media, now = Date.now()): Promise<Media> {
  const after: Media = { ...SILENCE }
  for (const report of (await connection.getStats()).values() as Iterable<Record<string, number | string>>) {
    if (report['kind'] !== 'audio') continue
    if (report['type'] === 'inbound-rtp') {
      after.heard = Number(report['audioLevel'] ?? 0)
      after.packetsIn = Number(report['packetsReceived'] ?? 0)
      after.lostIn = Number(report['packetsLost'] ?? 0)
      after.jitterMs = Number(report['jitter'] ?? 0) * 1000
    } else if (report['type'] === 'outbound-rtp') {
      after.packetsOut = Number(report['packetsSent'] ?? 0)
    } else if (report['type'] === 'media-source') {
      after.said = Number(report['audioLevel'] ?? 0)
    }
  }
  return judge(before, after, now)
}

export function judge(before: Media, after: Media, now: number): Media {
  const came = after.packetsIn - before.packetsIn
  const quietSince = came > 0 ? 0 : before.quietSince || now
  if (quietSince && now - quietSince >= QUIET_MS) return { ...after, quietSince, quality: 'silent' }
  const lost = Math.max(0, after.lostIn - before.lostIn)
  const poor = came > 0 && (lost / (came + lost) > LOSS_POOR || after.jitterMs > JITTER_POOR_MS)
  const quality = came > 0 ? (poor ? 'poor' : 'good') : before.quality
  return { ...after, quietSince, quality }
}
