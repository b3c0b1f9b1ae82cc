/** The repositories of the pictures. */

export const checkoutPipeline = `stages: [build, test, staging, production]

default:
  before_script:
    - echo "Checkout $CI_COMMIT_SHORT_SHA"

build:
  stage: build
  script:
    - echo "Compiling 214 modules"
    - echo "dist/checkout.tar.gz 4.1 MB"

unit tests:
  stage: test
  script:
    - echo "412 tests, 412 passed"

contract tests:
  stage: test
  script:
    - echo "payment-gateway v3 verified"

review:
  stage: staging
  script:
    - echo "Review app of $CI_COMMIT_REF_SLUG"
  environment:
    name: review/$CI_COMMIT_REF_SLUG
    url: https://$CI_COMMIT_REF_SLUG.review.storefront.example
    on_stop: stop review
  rules:
    - if: $CI_COMMIT_BRANCH != $CI_DEFAULT_BRANCH

stop review:
  stage: staging
  script:
    - echo "Review app of $CI_COMMIT_REF_SLUG is gone"
  environment:
    name: review/$CI_COMMIT_REF_SLUG
    action: stop
  rules:
    - if: $CI_COMMIT_BRANCH != $CI_DEFAULT_BRANCH
      when: manual
      allow_failure: true

staging:
  stage: staging
  script:
    - sh deploy.sh staging
  environment:
    name: staging
    url: https://staging.storefront.example/checkout
  rules:
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH

production:
  stage: production
  variables:
    REPLICAS: "6"
    STRATEGY: rolling
  script:
    - sh deploy.sh production
    - sh smoke-test.sh https://storefront.example/checkout
  after_script:
    - echo "Deployed by $GITLAB_USER_LOGIN"
  environment:
    name: production
    url: https://storefront.example/checkout
  rules:
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
`

export const catalogPipeline = `stages: [test, production]

test:
  stage: test
  script:
    - echo "88 tests, 88 passed"

production:
  stage: production
  script:
    - echo "Deploying to \${CI_ENVIRONMENT_NAME}"
  environment:
    name: production
    url: https://storefront.example/catalog
  rules:
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
`

const script = (line: string) => `#!/bin/sh\nset -eu\n${line}\n`

export const checkoutFiles: Readonly<Record<string, string>> = {
  '.gitlab-ci.yml': checkoutPipeline,
  'deploy.sh': script('echo "Rolling out to $1: 6 of 6 replicas ready"'),
  'smoke-test.sh': script('echo "200 OK from $1"'),
  'README.md': '# Checkout\n\nBasket, payment and order confirmation.\n',
  'src/basket.ts': 'export const limit = 50\n',
  'src/payment.ts': 'export const retries = 2\n',
}

export interface Change {
  readonly message: string
  readonly files: Readonly<Record<string, string>>
}

export const checkoutChanges: readonly Change[] = [
  {
    message: 'Show delivery costs before payment',
    files: { 'src/delivery.ts': 'export const costs = { standard: 4.9, express: 9.9 }\n' },
  },
  {
    message: 'Retry card payments once more when the gateway times out',
    files: { 'src/payment.ts': 'export const retries = 3\n' },
  },
  {
    message: 'Round voucher discounts to cents',
    files: { 'src/voucher.ts': 'export const round = (cents: number) => Math.round(cents)\n' },
  },
  {
    message: 'Larger baskets for business customers',
    files: { 'src/basket.ts': 'export const limit = 50\nexport const businessLimit = 500\n' },
  },
]

/** Several commits of several people that one deployment brings together. */
export const waitingChanges: readonly (Change & { readonly by: 'tomas' | 'lena' })[] = [
  {
    by: 'lena',
    message: 'Remember the last payment method',
    files: { 'src/payment.ts': "export const retries = 3\nexport const remember = 'payment-method'\n" },
  },
  {
    by: 'tomas',
    message: 'Explain why a card was declined',
    files: {
      'src/declined.ts': "export const reasons = { insufficient_funds: 'Your bank declined the payment.' }\n",
      'src/payment.ts':
        "export { reasons } from './declined.ts'\nexport const retries = 3\nexport const remember = 'payment-method'\n",
    },
  },
  {
    by: 'tomas',
    message:
      'Apple Pay in the express checkout\n\nBehind the flag express_wallets; off until the fraud rules are live.',
    files: {
      'src/wallets.ts': "export const wallets = ['apple-pay']\n",
      'README.md': '# Checkout\n\nBasket, payment (cards, Apple Pay) and order confirmation.\n',
    },
  },
]
