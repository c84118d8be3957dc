"""What a page's phone hears, by frequency: a probe on the sound that WebRTC delivers.

In: a browser context, tones to listen for. Out: which of them a page hears. Never: the microphone's own sound.
"""

from __future__ import annotations

from collections.abc import Iterable

from playwright.async_api import BrowserContext, Page

LOUD_DB = -40.0  # others are heard at -30 and above; a mix that is cut off leaves some of one's own tone
WINDOW_MS = 650  # microphones beep, see `BEEP_S`
BEEP_S = (0.35, 0.15)

_PROBE = """
(() => {
  const Real = window.RTCPeerConnection
  let ear = null
  window.RTCPeerConnection = class extends Real {
    constructor(...how) {
      super(...how)
      this.addEventListener('track', (event) => {
        void ear?.context.close()
        const context = new AudioContext()
        const analyser = context.createAnalyser()
        analyser.fftSize = 8192
        analyser.smoothingTimeConstant = 0
        context.createMediaStreamSource(new MediaStream([event.track])).connect(analyser)
        ear = { context, analyser }
      })
    }
  }
  window.heardTones = async (tones, ms) => {
    const loudest = tones.map(() => -200)
    for (const end = Date.now() + ms; ear && Date.now() < end;) {
      const bins = new Float32Array(ear.analyser.frequencyBinCount)
      ear.analyser.getFloatFrequencyData(bins)
      tones.forEach((hz, n) => {
        const bin = Math.round(hz * ear.analyser.fftSize / ear.context.sampleRate)
        loudest[n] = Math.max(loudest[n], bins[bin - 1], bins[bin], bins[bin + 1])
      })
      await new Promise((next) => setTimeout(next, 60))
    }
    return loudest.map((level) => (Number.isFinite(level) ? level : -200))
  }
})()
"""


async def give_ears(context: BrowserContext) -> None:
    """Before the page is opened."""
    await context.add_init_script(_PROBE)


async def levels(page: Page, tones: Iterable[float]) -> dict[float, float]:
    """The loudest level of each tone in the next moment, in dB below full scale."""
    wanted = list(tones)
    found = await page.evaluate("([tones, ms]) => window.heardTones(tones, ms)", [wanted, WINDOW_MS])
    return dict(zip(wanted, found, strict=True))
