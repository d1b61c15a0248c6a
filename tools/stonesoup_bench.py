"""Stone Soup on Watchline's tracking workloads: processor time a scan and GOSPA, with the ratio.

usage: stonesoup_bench.py FOLDER [NAME:ASSOCIATOR:SCANS ...]

Every tracker is given the targets of the first scan (sigmas 10 m and 5 m/s), and neither starts nor
ends a track: only prediction, association and update are timed. Watchline's figures for the same
start stand in FOLDER/watchline.csv. GOSPA: cut-off 50 m, order 2, alpha 2, from scan 10 on.
"""

import csv
import datetime
import sys
import time
from pathlib import Path

import numpy as np
from scipy.optimize import linear_sum_assignment
from stonesoup.dataassociator.neighbour import GNNWith2DAssignment
from stonesoup.dataassociator.probability import JPDAwithEHM2
from stonesoup.dataassociator.tree import DetectionKDTreeGNN2D
from stonesoup.functions import gm_reduce_single
from stonesoup.hypothesiser.distance import DistanceHypothesiser
from stonesoup.hypothesiser.probability import PDAHypothesiser
from stonesoup.measures import Mahalanobis
from stonesoup.models.measurement.linear import LinearGaussian
from stonesoup.models.transition.linear import CombinedLinearGaussianTransitionModel, ConstantVelocity
from stonesoup.predictor.kalman import KalmanPredictor
from stonesoup.types.array import StateVector, StateVectors
from stonesoup.types.detection import Detection
from stonesoup.types.state import GaussianState
from stonesoup.types.track import Track
from stonesoup.types.update import GaussianStateUpdate
from stonesoup.updater.kalman import KalmanUpdater

SIGMA_M, P_DETECT, Q = 10.0, 0.9, 0.2
CUTOFF_M, FIRST_SCORED = 50.0, 10
SIDES = {"A100": (10_000.0, 50.0), "C100d": (2_000.0, 50.0), "B1000": (31_623.0, 500.0)}
USUAL = ["A100:ehm2:60", "A100:kdtree:60", "C100d:ehm2:60", "C100d:gnn:60", "B1000:kdtree:60"]
START = datetime.datetime(2026, 1, 1)


def rows(path, columns):
    scans = {}
    with open(path) as file:
        for row in csv.DictReader(file):
            scans.setdefault(int(row["k"]), []).append([float(row[name]) for name in columns])
    return scans


def associator(kind, predictor, updater, clutter_per_m2):
    near = DistanceHypothesiser(predictor, updater, Mahalanobis(), missed_distance=3)
    if kind == "gnn":
        return GNNWith2DAssignment(near)
    if kind == "kdtree":
        return DetectionKDTreeGNN2D(near, predictor, updater, number_of_neighbours=10, max_distance=60)
    if kind == "ehm2":
        return JPDAwithEHM2(
            PDAHypothesiser(
                predictor, updater, clutter_spatial_density=clutter_per_m2, prob_detect=P_DETECT, prob_gate=0.99
            )
        )
    raise SystemExit(f"associator must be gnn, kdtree or ehm2, got {kind}")


def update(track, hypotheses, updater, at):
    if not hasattr(hypotheses, "single_hypotheses"):
        track.append(updater.update(hypotheses) if hypotheses else hypotheses.prediction)
        return
    parts = [updater.update(one) if one else one.prediction for one in hypotheses]
    means = StateVectors(np.concatenate([part.state_vector for part in parts], 1))
    covariances = np.stack([part.covar for part in parts], 2)
    weights = np.array([float(one.probability) for one in hypotheses])
    mean, covariance = gm_reduce_single(means, covariances, weights)
    track.append(GaussianStateUpdate(mean, covariance, hypotheses, at))


def gospa2(truth, estimates):
    apart = np.hypot(truth[:, None, 0] - estimates[None, :, 0], truth[:, None, 1] - estimates[None, :, 1])
    cost = np.minimum(apart, CUTOFF_M) ** 2
    pairs = cost[linear_sum_assignment(cost)]
    near = pairs < CUTOFF_M**2
    alone = len(truth) + len(estimates) - 2 * near.sum()
    return pairs[near].sum() + alone * CUTOFF_M**2 / 2


def run(folder, name, kind, scans):
    side_m, clutter = SIDES[name]
    truth = rows(folder / f"{name}.truth.csv", ["x", "vx", "y", "vy"])
    measured = rows(folder / f"{name}.meas.csv", ["x", "y"])
    predictor = KalmanPredictor(CombinedLinearGaussianTransitionModel([ConstantVelocity(Q), ConstantVelocity(Q)]))
    model = LinearGaussian(4, [0, 2], np.diag([SIGMA_M**2, SIGMA_M**2]))
    updater = KalmanUpdater(model)
    associate = associator(kind, predictor, updater, clutter / side_m**2).associate
    spread = np.diag([100.0, 25.0, 100.0, 25.0])
    tracks = {Track([GaussianState(np.array(s).reshape(-1, 1), spread, timestamp=START)]) for s in truth[0]}
    spent, errors2 = [], []
    for k in range(1, min(scans, len(truth))):
        at = START + datetime.timedelta(seconds=k)
        found = {Detection(StateVector(z), timestamp=at, measurement_model=model) for z in measured.get(k, [])}
        before = time.process_time()
        for track, hypotheses in associate(tracks, found, at).items():
            update(track, hypotheses, updater, at)
        spent.append(time.process_time() - before)
        if k >= FIRST_SCORED:
            points = np.array([[float(t.state_vector[0]), float(t.state_vector[2])] for t in tracks])
            errors2.append(gospa2(np.array(truth[k])[:, [0, 2]], points))
    return np.mean(spent) * 1e3, np.sqrt(np.mean(errors2))


def main():
    folder = Path(sys.argv[1])
    with open(folder / "watchline.csv") as file:
        ours = {row["name"]: row for row in csv.DictReader(file) if row["start"] == "known"}
    for one in sys.argv[2:] or USUAL:
        name, kind, scans = one.split(":")
        ms, gospa = run(folder, name, kind, int(scans))
        own_ms, own_gospa = float(ours[name]["ms_per_scan"]), float(ours[name]["gospa_rms"])
        print(
            f"{name}, {scans} scans: Stone Soup ({kind}) {ms:.0f} ms a scan, rms GOSPA {gospa:.1f} m; "
            f"Watchline {own_ms:.3f} ms, {own_gospa:.1f} m: {ms / own_ms:.0f} times faster",
            flush=True,
        )


if __name__ == "__main__":
    main()
