# Production image: the service only, with the official Node. The lab and the development packages stay outside.
FROM node:26-trixie-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# With the optional ones: the bundler's own program for this machine is one of them.
RUN npm ci
COPY . .
RUN node addin/build.ts && node console/build.ts && npm prune --omit=dev --omit=optional && rm -rf lab tests bench

FROM node:26-trixie-slim
WORKDIR /app
COPY --from=build --chown=root:root /app /app
RUN mkdir -p /data /keys && chown node:node /data /keys && chmod 700 /data /keys
USER node
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8443 DATA_DIR=/data KEYS_DIR=/keys
VOLUME ["/data", "/keys"]
EXPOSE 8443
HEALTHCHECK --interval=30s --timeout=3s CMD ["node", "service/alive.ts"]
# A crash leaves no core file, which would hold messages.
CMD ["sh", "-c", "ulimit -c 0 && exec node service/main.ts"]
