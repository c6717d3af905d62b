# One more environment in the image of a learner's container: packages that a course brings, the very files that
# grading uses. Needs no network. Written for the classic builder.
ARG BASE
FROM ${BASE} AS build
ARG NAME
USER 0
COPY wheels /opt/build/wheels
COPY requirements.txt kernel.json /opt/build/
RUN /opt/venv/bin/python -m venv --without-pip "/opt/environments/${NAME}" \
    && packages=$(/opt/venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))') \
    && echo "$packages" >"/opt/environments/${NAME}/lib/$(basename "$(dirname "$packages")")/site-packages/nbquest-base.pth" \
    && /opt/venv/bin/python -m pip --python "/opt/environments/${NAME}/bin/python" install --quiet --no-index --no-deps \
       --require-hashes --only-binary=:all: --no-cache-dir --disable-pip-version-check --no-warn-script-location \
       --find-links /opt/build/wheels -r /opt/build/requirements.txt

FROM ${BASE}
ARG NAME
COPY --from=build /opt/environments/${NAME} /opt/environments/${NAME}
COPY kernel.json /opt/environments/share/jupyter/kernels/nbquest-${NAME}/kernel.json
