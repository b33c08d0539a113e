"""Speech in, upper-body gestures out: Speech Drives Templates (ICCV 2021), notebook first.

Gesture to a recording with a trained model:

    import sdt_nb
    g = sdt_nb.Gesturer.load(sdt_nb.trained_run())     # your own checkpoint or run folder, or the demo's
    g('talk.m4a', template=3).save('talk.mp4')

    demo_speaker, open_speaker    a speaker's clips: the built-in one, or one of yours
    load_audio                    any audio or video file as 16 kHz samples
    train, trained_run, read_run  train a model; where a trained one lies; what a run wrote
    Gesturer                      a trained model that gestures to speech of any length
    evaluate                      the paper's figures, beside floors
    explore                       hear, see and steer a model in JupyterLab

Everything else is imported from the room that holds it: `sdt_nb.networks`, `sdt_nb.losses`, … The main path is in
`sdt_nb` itself; `sdt_nb.show` draws, `sdt_nb.prepare` makes datasets of videos, `sdt_nb.people`
asks viewers, `sdt_nb.lab` is the explorer, `sdt_nb.studies` tests the paper's claims.
"""
import os
from importlib import import_module

__version__ = "0.1.0"

# How long PyTorch's threads spin before they sleep: read once, when torch is loaded (nbs/42_program has the measurements).
if not {'OMP_WAIT_POLICY', 'GOMP_SPINCOUNT'} & os.environ.keys():
    os.environ['GOMP_SPINCOUNT'] = '2000'

# Where each name of the front door lives. A room is imported with the first use of its name.
_ROOMS = dict(
    Gesturer='inference', demo_speaker='speakers', evaluate='evaluation', explore='lab.explorer', load_audio='decoding',
    open_speaker='speakers', read_run='runs', train='training', trained_run='execution')
__all__ = sorted(_ROOMS)


def __getattr__(name: str):
    if name not in _ROOMS:
        raise AttributeError(f"module 'sdt_nb' has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(f'.{_ROOMS[name]}', __name__), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
