"""The test kit: telephones, tones and a whole city for tests that use the real PBX.

- `tones`: make tones, find them again in PCM or WAV. `prompts`: prompts as chords, so that a test knows what was said.
- `phone` (with its process `bank`): scripted baresip telephones. `sipp`: callers and lines with headers of any kind.
- `city` (with `city_files`, `ports`): PBX, gateway, recorder, store and telephones, and the accidents that befall them.

    async with running_city(folder) as city:
        async with city.on_duty("801"):
            caller = await city.caller()
            call = await city.dial(caller, "12315")
            leg = await city.leg_for(caller)          # the seat's side, answered
            tones.tones_in(call.heard(), PARTY_HZ)    # what the caller hears
            await call.hangup()
            detail = await city.record(caller)        # the complete record, its recording judged
"""
