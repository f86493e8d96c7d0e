# SPDX-License-Identifier: Apache-2.0
"""Banners and consent tools: their exports in, by a map; IAB strings decoded and encoded."""

from privseg.sources.banners.errors import BadValueError, BannerError, MalformedStringError
from privseg.sources.banners.gpc import signals_opt_out
from privseg.sources.banners.gpp import GppString, decode_gpp, encode_gpp
from privseg.sources.banners.read import BannerRead, read_banner
from privseg.sources.banners.tally import BannerReport
from privseg.sources.banners.tcf import TcString, decode_tc, encode_tc

__all__ = [
    "BadValueError",
    "BannerError",
    "BannerRead",
    "BannerReport",
    "GppString",
    "MalformedStringError",
    "TcString",
    "decode_gpp",
    "decode_tc",
    "encode_gpp",
    "encode_tc",
    "read_banner",
    "signals_opt_out",
]
